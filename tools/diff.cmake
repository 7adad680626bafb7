camal_program(camal-diff SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/camal_diff.c LINKS camal_store)
