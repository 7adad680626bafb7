camal_program(camal-inspect
    SOURCES camal_inspect.c camal_inspect_count.c camal_inspect_text.c camal_inspect_json.c camal_rounds.c camal_stops.c camal_table.c camal_json.c
    LINKS camal_base camal_store camal_select PkgConfig::YAJL m)
