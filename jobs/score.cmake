camal_program(camal-score
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/camal_score.c
    LINKS camal_round)
