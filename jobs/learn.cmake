camal_program(camal-learn
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/camal_learn.c
    LINKS camal_round)
