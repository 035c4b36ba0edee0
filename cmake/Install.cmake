# What `cmake --install` puts where. Man pages and completions come out of the program itself, which makes them from its one
# table of commands:
#
#   neurox commands            the names, one per line
#   neurox man [COMMAND]       roff
#   neurox completion SHELL    bash, zsh or fish

set(_pages "${PROJECT_BINARY_DIR}/pages")
add_custom_command(
  OUTPUT "${_pages}/stamp"
  COMMAND "${CMAKE_COMMAND}" "-DPROGRAM=$<TARGET_FILE:neurox_app>" "-DOUT=${_pages}" -P "${PROJECT_SOURCE_DIR}/cmake/MakePages.cmake"
  DEPENDS neurox_app "${PROJECT_SOURCE_DIR}/cmake/MakePages.cmake"
  COMMENT "Making man pages and shell completions"
  VERBATIM)
add_custom_target(neurox_pages ALL DEPENDS "${_pages}/stamp")

# The installed program finds its LibTorch where it was when it was built, unless it lies beside it in lib/.
file(RELATIVE_PATH _bin_to_lib "${CMAKE_INSTALL_FULL_BINDIR}" "${CMAKE_INSTALL_FULL_LIBDIR}")
set_target_properties(neurox_app PROPERTIES INSTALL_RPATH "$ORIGIN/${_bin_to_lib};${LibTorch_LIBRARY_DIR}")

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/CITATION.cff" "${PROJECT_SOURCE_DIR}/README.md"
        DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${_pages}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${_pages}/completion/neurox.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME neurox)
install(FILES "${_pages}/completion/neurox.zsh" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" RENAME _neurox)
install(FILES "${_pages}/completion/neurox.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")

# The library: find_package(neurox), then neurox::neurox.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/lib/neurox" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
target_include_directories(neurox INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
install(TARGETS neurox neurox_blas EXPORT neuroxTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")

include(CMakePackageConfigHelpers)
set(_config "${CMAKE_INSTALL_LIBDIR}/cmake/neurox")
install(EXPORT neuroxTargets NAMESPACE neurox:: DESTINATION "${_config}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/neuroxConfig.cmake.in" "${PROJECT_BINARY_DIR}/neuroxConfig.cmake"
                              INSTALL_DESTINATION "${_config}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/neuroxConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/neuroxConfig.cmake" "${PROJECT_BINARY_DIR}/neuroxConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindLibTorch.cmake" "${PROJECT_SOURCE_DIR}/cmake/LibTorchSearch.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/Dependencies.cmake"
        DESTINATION "${_config}")

# A program of somebody else's is not built with sanitizers.
if(NEUROX_TESTS AND NOT NEUROX_SANITIZE)
  add_test(NAME install.installed_program_library_and_pages_work
           COMMAND "${CMAKE_COMMAND}" "-DBUILD=${PROJECT_BINARY_DIR}" "-DSOURCE=${PROJECT_SOURCE_DIR}" "-DCXX=${CMAKE_CXX_COMPILER}"
                   -P "${PROJECT_SOURCE_DIR}/cmake/CheckInstall.cmake")
endif()
