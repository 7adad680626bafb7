camal_program(camal-ingest
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/camal_ingest.c
    LINKS camal_ingest)
