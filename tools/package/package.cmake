# What is installed beside the programs, and the Debian package of it all: cpack -G DEB.
file(GLOB batches CONFIGURE_DEPENDS slurm/*.sbatch)
install(PROGRAMS ${batches} DESTINATION share/camal/slurm)
install(FILES slurm/common.sh slurm/modulefile DESTINATION share/camal/slurm)
install(DIRECTORY jobs/examples jobs/studies DESTINATION share/camal)
install(DIRECTORY tools/python DESTINATION share/camal OPTIONAL PATTERN __pycache__ EXCLUDE)
install(FILES README.md CONTRIBUTING.md DESTINATION share/doc/camal)

file(READ LICENSE license)
string(REGEX MATCH "Copyright ([^\n]*)" copyright "${license}")
set(copyright ${CMAKE_MATCH_1})
string(REGEX REPLACE "\n\n" "\n.\n" license_text "${license}")
string(REGEX REPLACE "\n" "\n " license_text "${license_text}")
string(REGEX REPLACE "[ \n]+$" "" license_text "${license_text}")
set(package ${CMAKE_BINARY_DIR}/package)
configure_file(tools/package/copyright.in ${package}/copyright @ONLY)
configure_file(tools/package/changelog.in ${package}/changelog @ONLY)
foreach(log IN ITEMS changelog.Debian=${package}/changelog changelog=${PROJECT_SOURCE_DIR}/CHANGELOG.md)
    string(REGEX MATCH "^([^=]+)=(.+)$" both ${log})
    execute_process(COMMAND gzip -9nc ${CMAKE_MATCH_2} OUTPUT_FILE ${package}/${CMAKE_MATCH_1}.gz COMMAND_ERROR_IS_FATAL ANY)
endforeach()
install(FILES ${package}/copyright ${package}/changelog.Debian.gz ${package}/changelog.gz DESTINATION share/doc/camal)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME camal)
set(CPACK_PACKAGE_CONTACT "camal developers <camal@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "active learning of image classifiers with Grad-CAM")
set(CPACK_PACKAGE_DESCRIPTION
"camal trains an image classifier by active learning on a cluster. It starts
from a few labelled images, trains, looks by Grad-CAM at where the network
looks, and says which images to label next and which classes to give up.
Data sets and rounds are HDF5 files; ranks work together by MPI, and results
are the same bits on any number of them.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "openmpi-bin")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS gnuplot-nox) # camal-report draws by it
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "slurm-client, python3-h5py, bash-completion")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
