# camal-report. Its sheet and script go into the program: report_assets.c is made from report.css and report.js.
function(camal_text_variable name file source)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(REPEAT "0x..," 20 row)
    string(REGEX REPLACE "(${row})" "\\1\n" bytes "${bytes}")
    file(APPEND ${source} "const char ${name}[] = {\n${bytes}0};\n")
endfunction()
set(report_assets ${CMAKE_CURRENT_BINARY_DIR}/report_assets.c)
file(WRITE ${report_assets}.new "#include \"report_html.h\"\n")
camal_text_variable(report_css ${CMAKE_CURRENT_SOURCE_DIR}/report.css ${report_assets}.new)
camal_text_variable(report_js ${CMAKE_CURRENT_SOURCE_DIR}/report.js ${report_assets}.new)
file(COPY_FILE ${report_assets}.new ${report_assets} ONLY_IF_DIFFERENT)

camal_program(camal-report
    SOURCES camal_report.c report_page.c report_html.c report_plot.c report_data.c report_words.c report_pictures.c
        report_verdict.c report_table.c report_curves.c report_timeline.c report_budget.c report_confusion.c
        report_reliability.c report_gallery.c report_reasons.c report_time.c report_provenance.c ${report_assets}
        camal_compare_run.c camal_compare_arms.c camal_compare_settings.c camal_compare_stats.c camal_compare_print.c
        camal_rounds.c camal_table.c camal_maps.c camal_picture.c
    LINKS camal_base camal_store camal_select camal_nn PkgConfig::PNG m)
target_include_directories(camal-report PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
