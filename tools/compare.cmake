camal_program(camal-compare
    SOURCES camal_compare.c camal_compare_run.c camal_compare_arms.c camal_compare_settings.c camal_compare_stats.c
        camal_compare_print.c camal_compare_export.c camal_rounds.c camal_table.c camal_json.c study_file.c study_yaml.c
        study_tasks.c study_results.c study_lines.c study_figures.c study_curve.c study_stats.c study_compare.c
        study_tables.c study_export.c
    LINKS camal_base camal_store PkgConfig::YAJL m)
