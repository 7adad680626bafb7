camal_program(camal-learn
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/camal_learn.c ${CMAKE_CURRENT_SOURCE_DIR}/learn_events.c
    LINKS camal_round PkgConfig::YAJL m)
install(FILES ${CMAKE_CURRENT_SOURCE_DIR}/events.yaml DESTINATION share/doc/camal)
