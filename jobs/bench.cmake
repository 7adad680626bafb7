set(bench_sources camal_bench.c bench_options.c bench_report.c bench_stats.c bench_setup.c bench_train.c bench_score.c
    bench_read.c bench_reduce.c bench_model.c bench_scale.c bench_select.c)
list(TRANSFORM bench_sources PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
camal_program(camal-bench SOURCES ${bench_sources} LINKS camal_round camal_learn PkgConfig::YAJL m)
