# camal-check: hold files to their schemas.
camal_program(camal-check
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/camal_check.c
    LINKS camal_store)
target_compile_definitions(camal-check PRIVATE
    SCHEMAS_SOURCE="${PROJECT_SOURCE_DIR}/hdf5-schemas"
    SCHEMAS_INSTALLED="${CMAKE_INSTALL_PREFIX}/share/camal/schemas")
install(DIRECTORY ${PROJECT_SOURCE_DIR}/hdf5-schemas/ DESTINATION share/camal/schemas FILES_MATCHING PATTERN "*.yaml")
