# A manual page for every program, and camal-run(5) for the keys of a run's file, from what they say to --help.
get_property(programs GLOBAL PROPERTY CAMAL_PROGRAMS)
set(date ${CAMAL_DATE})
if(DEFINED ENV{SOURCE_DATE_EPOCH})
    string(TIMESTAMP date "%Y-%m-%d" UTC)
endif()
list(JOIN programs " " all)
set(pages ${CMAKE_BINARY_DIR}/share/man)

# man_page(PROGRAM SECTION NAME)
function(man_page program section name)
    set(page ${pages}/man${section}/${name}.${section}.gz)
    file(MAKE_DIRECTORY ${pages}/man${section})
    add_custom_command(OUTPUT ${page}
        COMMAND sh ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/page.sh $<TARGET_FILE:${program}> ${section} ${name} ${date} ${PROJECT_VERSION}
            "${all}" ${page}
        DEPENDS ${program} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/page.sh ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/page.awk
        COMMENT "Manual page ${name}(${section})" VERBATIM)
    set_property(GLOBAL APPEND PROPERTY CAMAL_PAGES ${page})
    install(FILES ${page} DESTINATION share/man/man${section})
endfunction()

foreach(program ${programs})
    man_page(${program} 1 ${program})
endforeach()
man_page(camal-learn 5 camal-run)
get_property(made GLOBAL PROPERTY CAMAL_PAGES)
add_custom_target(man ALL DEPENDS ${made})
