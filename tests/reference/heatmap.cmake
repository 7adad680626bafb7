camal_script_test(heatmap_torch ${CMAKE_CURRENT_SOURCE_DIR}/heatmap_torch.sh reference)
