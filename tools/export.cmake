# camal-export: rounds for other programs.
camal_program(camal-export
    SOURCES camal_export.c camal_export_csv.c camal_export_tables.c camal_export_metrics.c camal_export_events.c camal_json.c camal_rounds.c
    LINKS camal_base camal_store camal_select PkgConfig::YAJL m)
install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/python DESTINATION share/camal FILES_MATCHING PATTERN "*.py")
