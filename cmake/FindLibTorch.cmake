# Finds LibTorch by looking at include/ and lib/ ourselves, so that a CUDA wheel does not demand nvcc.
#
#   LIBTORCH_DIR   a folder with include/torch and lib/libtorch.so: an unpacked libtorch or site-packages/torch.
#                  Unset: the torch of the current Python, then the system's own.
#
# Defines the targets LibTorch::LibTorch and, where its CPU library exports gemm and gemv, LibTorch::BLAS (that library alone);
# LibTorch_PARALLEL_FLAGS (for sources that call at::parallel_for), LibTorch_VERSION, LibTorch_ROOT, LibTorch_LIBRARY_DIR, LibTorch_HAS_CUDA.

include("${CMAKE_CURRENT_LIST_DIR}/LibTorchSearch.cmake")
set(LIBTORCH_DIR "" CACHE PATH "LibTorch: folder that holds include/ and lib/")

if(NOT LibTorch_FIND_VERSION)
  set(LibTorch_FIND_VERSION "${NEUROX_LIBTORCH_MINIMUM}")
endif()
libtorch_search("${LibTorch_FIND_VERSION}")
foreach(_name torch_cpu torch_cuda c10 c10_cuda)
  find_library(LibTorch_${_name} NAMES ${_name} PATHS "${LibTorch_LIBRARY_DIR}" NO_DEFAULT_PATH NO_CACHE)
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  LibTorch
  REQUIRED_VARS LibTorch_ROOT LibTorch_torch_cpu LibTorch_c10
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE
    "Give -DLIBTORCH_DIR=<folder with include/ and lib/>, or run scripts/quickstart.sh, which finds or fetches one.
${LibTorch_LOOKED_AT}")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  # libtorch.so holds nothing; it only names the others, CUDA's half included.
  set(_libraries "${LibTorch_torch_cpu}" "${LibTorch_c10}")
  set(LibTorch_HAS_CUDA FALSE)
  if(LibTorch_torch_cuda)
    # A wheel built for CUDA may stand without the CUDA libraries (scripts/lib/build.sh): then its CPU half is used.
    execute_process(COMMAND ldd "${LibTorch_torch_cuda}" OUTPUT_VARIABLE _needed ERROR_QUIET)
    if(_needed MATCHES "=> not found")
      message(STATUS "LibTorch: the CUDA libraries that it needs are not there, so it is used without CUDA")
    else()
      set(LibTorch_HAS_CUDA TRUE)
      # Nothing of ours names a symbol of these: without --no-as-needed the linker would drop them and CUDA stay unregistered.
      list(PREPEND _libraries "-Wl,--no-as-needed" "${LibTorch_torch_cuda}" "${LibTorch_c10_cuda}" "-Wl,--as-needed")
    endif()
  endif()
  target_include_directories(
    LibTorch::LibTorch SYSTEM INTERFACE "${LibTorch_ROOT}/include" "${LibTorch_ROOT}/include/torch/csrc/api/include")
  target_link_libraries(LibTorch::LibTorch INTERFACE ${_libraries})

  # What calls at::parallel_for is compiled with OpenMP, else that is a loop of one thread. It must be the OpenMP that LibTorch runs
  # on: wheels that hide theirs under another name would get a second pool of threads.
  file(GLOB _hidden_openmp "${LibTorch_LIBRARY_DIR}/libgomp-*.so*")
  find_package(OpenMP QUIET COMPONENTS CXX)
  if(OpenMP_CXX_FOUND AND NOT _hidden_openmp)
    set(LibTorch_PARALLEL_FLAGS "${OpenMP_CXX_FLAGS}")
    if(EXISTS "${LibTorch_LIBRARY_DIR}/libgomp.so.1")
      target_link_libraries(LibTorch::LibTorch INTERFACE "${LibTorch_LIBRARY_DIR}/libgomp.so.1")
    else()
      target_link_libraries(LibTorch::LibTorch INTERFACE ${OpenMP_CXX_LIBRARIES})
    endif()
  endif()

  find_program(NEUROX_NM nm)
  if(NEUROX_NM)
    execute_process(COMMAND "${NEUROX_NM}" -D --defined-only "${LibTorch_torch_cpu}" OUTPUT_VARIABLE _symbols ERROR_QUIET)
    set(LibTorch_HAS_BLAS TRUE)
    foreach(_name sgemm dgemm sgemv dgemv)
      if(NOT _symbols MATCHES " T ${_name}_\n")
        set(LibTorch_HAS_BLAS FALSE)
      endif()
    endforeach()
    unset(_symbols)
  endif()
  if(LibTorch_HAS_BLAS)
    add_library(LibTorch::BLAS INTERFACE IMPORTED)
    target_link_libraries(LibTorch::BLAS INTERFACE "${LibTorch_torch_cpu}" "${LibTorch_c10}")
  endif()
endif()
