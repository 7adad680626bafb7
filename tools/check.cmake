# camal-check: hold files to their schemas, which it finds beside its own folder.
camal_program(camal-check
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/camal_check.c
    LINKS camal_store)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/camal)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/hdf5-schemas ${CMAKE_BINARY_DIR}/share/camal/hdf5-schemas SYMBOLIC)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/hdf5-schemas DESTINATION share/camal FILES_MATCHING PATTERN "*.yaml")
