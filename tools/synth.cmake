# camal-synth: the embedded data set.
camal_program(camal-synth
    SOURCES camal_synth.c synth_classes.c synth_shapes.c synth_plan.c synth_field.c synth_mask.c synth_scene.c
            synth_texture.c synth_paint.c synth_render.c synth_jpeg.c synth_coco.c synth_folder.c
    LINKS camal_base PkgConfig::YAJL PkgConfig::JPEG m)
