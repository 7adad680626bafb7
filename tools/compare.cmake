set(study_file study_file.c study_yaml.c study_tasks.c)
camal_program(camal-compare
    SOURCES camal_compare.c camal_compare_run.c camal_compare_arms.c camal_compare_settings.c camal_compare_stats.c
        camal_compare_print.c camal_compare_export.c camal_rounds.c camal_table.c camal_json.c
    LINKS camal_base camal_store PkgConfig::YAJL m)
