# Finds umappp (UMAP in C++, headers alone) with what it includes, as the PyPI package assorthead carries them.
#
#   UMAPPP_DIR   the folder that holds umappp/umappp.hpp. Unset: assorthead beside the torch in use, then in build/python of the
#                checkout, where the scripts put it.
#
# Defines the target umappp::umappp. assorthead has an Eigen beside umappp, of its own version: a folder that holds only what umappp
# needs stands before it, so that there is one Eigen in the program.

set(UMAPPP_DIR "" CACHE PATH "umappp: folder that holds umappp/umappp.hpp")
file(GLOB _umappp_private "${PROJECT_SOURCE_DIR}/build/python/lib/python3.*/site-packages/assorthead/include")
find_path(Umappp_INCLUDE_DIR umappp/umappp.hpp HINTS "${UMAPPP_DIR}" "${LibTorch_ROOT}/../assorthead/include" ${_umappp_private} NO_CACHE)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Umappp REQUIRED_VARS Umappp_INCLUDE_DIR)

if(Umappp_FOUND AND NOT TARGET umappp::umappp)
  set(_umappp_only "${CMAKE_BINARY_DIR}/umappp-only")
  file(MAKE_DIRECTORY "${_umappp_only}")
  foreach(_folder umappp irlba knncolle kmeans aarand subpar)
    file(CREATE_LINK "${Umappp_INCLUDE_DIR}/${_folder}" "${_umappp_only}/${_folder}" SYMBOLIC)
  endforeach()
  add_library(umappp::umappp INTERFACE IMPORTED)
  target_include_directories(umappp::umappp SYSTEM INTERFACE "${_umappp_only}")
endif()
