# Finds LibTorch >= 2.4 by looking at include/ and lib/ ourselves, so that a CUDA wheel does not demand nvcc.
#
#   LIBTORCH_DIR   a folder with include/torch and lib/libtorch.so: an unpacked libtorch or site-packages/torch.
#                  Unset: the torch of the current Python, then the system's own.
#
# Defines the target LibTorch::LibTorch, LibTorch_VERSION, LibTorch_ROOT and LibTorch_HAS_BLAS (its CPU library exports gemm and gemv).

set(LIBTORCH_DIR "" CACHE PATH "LibTorch: folder that holds include/ and lib/")

set(_candidates "")
if(LIBTORCH_DIR)
  list(APPEND _candidates "${LIBTORCH_DIR}")
else()
  find_program(NEUROX_PYTHON NAMES python3 python)
  if(NEUROX_PYTHON)
    execute_process(
      COMMAND "${NEUROX_PYTHON}" -c
              "import importlib.util as u, os; s = u.find_spec('torch'); print(os.path.dirname(s.origin) if s else '')"
      OUTPUT_VARIABLE _from_python OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(_from_python)
      list(APPEND _candidates "${_from_python}")
    endif()
  endif()
  list(APPEND _candidates /usr/local/libtorch /opt/libtorch /usr/local /usr)
endif()

set(LibTorch_ROOT "LibTorch_ROOT-NOTFOUND")
foreach(_dir IN LISTS _candidates)
  if(EXISTS "${_dir}/include/torch/csrc/api/include/torch/version.h" OR EXISTS "${_dir}/include/torch/headeronly/version.h")
    set(LibTorch_ROOT "${_dir}")
    foreach(_header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
      if(EXISTS "${LibTorch_ROOT}/include/${_header}")
        file(STRINGS "${LibTorch_ROOT}/include/${_header}" _lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
        if(_lines)
          string(REGEX REPLACE "[^0-9;]+" "" _numbers "${_lines}")
          list(JOIN _numbers "." LibTorch_VERSION)
          break()
        endif()
      endif()
    endforeach()
    # A system folder may hold one that is too old: go on looking.
    if(LibTorch_VERSION AND (LIBTORCH_DIR OR NOT LibTorch_VERSION VERSION_LESS "${LibTorch_FIND_VERSION}"))
      break()
    endif()
    set(LibTorch_ROOT "LibTorch_ROOT-NOTFOUND")
  endif()
endforeach()

find_library(LibTorch_torch NAMES torch PATHS "${LibTorch_ROOT}/lib" NO_DEFAULT_PATH NO_CACHE)
find_library(LibTorch_torch_cpu NAMES torch_cpu PATHS "${LibTorch_ROOT}/lib" NO_DEFAULT_PATH NO_CACHE)
find_library(LibTorch_torch_cuda NAMES torch_cuda PATHS "${LibTorch_ROOT}/lib" NO_DEFAULT_PATH NO_CACHE)
find_library(LibTorch_c10 NAMES c10 PATHS "${LibTorch_ROOT}/lib" NO_DEFAULT_PATH NO_CACHE)
find_library(LibTorch_c10_cuda NAMES c10_cuda PATHS "${LibTorch_ROOT}/lib" NO_DEFAULT_PATH NO_CACHE)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  LibTorch
  REQUIRED_VARS LibTorch_torch LibTorch_torch_cpu LibTorch_c10 LibTorch_ROOT
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE
    "Give -DLIBTORCH_DIR=<folder with include/ and lib/>, or run scripts/quickstart.sh, which finds or fetches one.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  set(_libraries "${LibTorch_torch}" "${LibTorch_torch_cpu}" "${LibTorch_c10}")
  if(LibTorch_torch_cuda)
    # Nothing of ours names a symbol of these: without --no-as-needed the linker would drop them and CUDA stay unregistered.
    list(PREPEND _libraries "-Wl,--no-as-needed" "${LibTorch_torch_cuda}" "${LibTorch_c10_cuda}" "-Wl,--as-needed")
  endif()
  target_include_directories(
    LibTorch::LibTorch SYSTEM INTERFACE "${LibTorch_ROOT}/include" "${LibTorch_ROOT}/include/torch/csrc/api/include")
  target_link_libraries(LibTorch::LibTorch INTERFACE ${_libraries})
  find_program(NEUROX_NM nm)
  if(NEUROX_NM)
    execute_process(COMMAND sh -c "'${NEUROX_NM}' -D --defined-only '${LibTorch_torch_cpu}' | grep -cE ' T (sgemm_|dgemm_|sgemv_|dgemv_)$'"
                    OUTPUT_VARIABLE _blas OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(_blas EQUAL 4)
      set(LibTorch_HAS_BLAS TRUE)
    endif()
  endif()
endif()
