camal_script_test(round_torchvision ${CMAKE_CURRENT_SOURCE_DIR}/round_torchvision.sh reference)
