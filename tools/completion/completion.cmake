# bash completion of every program: one file, found under each program's name.
get_property(programs GLOBAL PROPERTY CAMAL_PROGRAMS)
set(folder ${CMAKE_BINARY_DIR}/share/bash-completion/completions)
list(TRANSFORM programs REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE files)
file(MAKE_DIRECTORY ${folder})
add_custom_command(OUTPUT ${folder}/camal
    COMMAND sh ${CMAKE_CURRENT_LIST_DIR}/completion.sh ${folder}/camal ${files}
    DEPENDS ${programs} ${CMAKE_CURRENT_LIST_DIR}/completion.sh ${CMAKE_CURRENT_LIST_DIR}/completion.bash
        ${CMAKE_CURRENT_LIST_DIR}/words.awk
    COMMENT "bash completion" VERBATIM)
add_custom_target(completion ALL DEPENDS ${folder}/camal)
foreach(program ${programs})
    file(CREATE_LINK camal ${folder}/${program} SYMBOLIC)
endforeach()
install(DIRECTORY ${folder} DESTINATION share/bash-completion)
