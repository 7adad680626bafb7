# camal-heatmap: heat maps of a round's model as pictures.
camal_program(camal-heatmap
    SOURCES camal_heatmap.c camal_heatmap_choice.c camal_heatmap_write.c camal_heatmap_npy.c camal_heatmap_text.c camal_maps.c camal_picture.c
        camal_export_csv.c camal_json.c camal_rounds.c
    LINKS camal_base camal_store camal_nn PkgConfig::YAJL PkgConfig::PNG m)
