camal_script_test(select_torch ${CMAKE_CURRENT_SOURCE_DIR}/select_torch.sh reference)
