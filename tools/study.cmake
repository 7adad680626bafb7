camal_program(camal-study
    SOURCES camal_study.c study_file.c study_yaml.c study_tasks.c study_run.c camal_rounds.c
    LINKS camal_base camal_store)
