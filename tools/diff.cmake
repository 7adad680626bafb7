camal_program(camal-diff SOURCES camal_diff.c camal_rounds.c LINKS camal_store)
