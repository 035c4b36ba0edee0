# Where LibTorch is looked for and what makes one fit: for FindLibTorch.cmake, and for the scripts as
#
#   cmake [-DLIBTORCH_DIR=DIR] -P cmake/LibTorchSearch.cmake
#
# which prints the folder, or fails and says why for each folder looked at.

# scaled_dot_product_attention and torch/version.h as we use them.
set(NEUROX_LIBTORCH_MINIMUM 2.4)

# libtorch_inspect(DIR MINIMUM): sets in the caller _version, _libraries (the folder of libtorch.so) and _fault (empty: it fits).
function(libtorch_inspect dir minimum)
  set(version "")
  set(libraries "")
  set(fault "")
  # The numbers moved to the first of these with torch 2.9; the second then only includes it.
  foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(NOT version AND EXISTS "${dir}/include/${header}")
      file(STRINGS "${dir}/include/${header}" lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
      string(REGEX REPLACE "[^0-9;]+" "" numbers "${lines}")
      list(JOIN numbers "." version)
    endif()
  endforeach()
  file(GLOB found "${dir}/lib/libtorch.so" "${dir}/lib/*/libtorch.so" "${dir}/lib64/libtorch.so")
  if(found)
    list(GET found 0 found)
    get_filename_component(libraries "${found}" DIRECTORY)
  endif()
  if(NOT version OR NOT libraries)
    set(fault "no LibTorch in it (include/torch/.../version.h and lib/libtorch.so)")
  elseif(version VERSION_LESS minimum)
    set(fault "version ${version}, and ${minimum} or newer is needed")
  else()
    # Wheels before 2.6 keep the old std::string, with which nothing of ours would link.
    file(STRINGS "${libraries}/libc10.so" new_abi REGEX "__cxx11" LIMIT_COUNT 1)
    if(NOT new_abi)
      set(fault "version ${version} with the C++ ABI from before 2011: take a newer wheel, or the libtorch called cxx11-abi")
    endif()
  endif()
  set(_version "${version}" PARENT_SCOPE)
  set(_libraries "${libraries}" PARENT_SCOPE)
  set(_fault "${fault}" PARENT_SCOPE)
endfunction()

# libtorch_search(MINIMUM): LIBTORCH_DIR alone if it is set, else the current Python's torch, else the system's. Sets in the
# caller LibTorch_ROOT (or NOTFOUND), LibTorch_VERSION, LibTorch_LIBRARY_DIR and LibTorch_LOOKED_AT (a line per folder).
function(libtorch_search minimum)
  set(candidates "")
  if(LIBTORCH_DIR)
    list(APPEND candidates "${LIBTORCH_DIR}")
  else()
    find_program(NEUROX_PYTHON NAMES python3 python)
    if(NEUROX_PYTHON)
      execute_process(
        COMMAND "${NEUROX_PYTHON}" -c
                "import importlib.util as u, os; s = u.find_spec('torch'); print(os.path.dirname(s.origin) if s else '')"
        OUTPUT_VARIABLE from_python OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
      list(APPEND candidates ${from_python})
    endif()
    list(APPEND candidates /usr/local/libtorch /opt/libtorch /usr/local /usr)
  endif()
  set(looked_at "")
  foreach(dir IN LISTS candidates)
    libtorch_inspect("${dir}" "${minimum}")
    if(NOT _fault)
      set(LibTorch_ROOT "${dir}" PARENT_SCOPE)
      set(LibTorch_VERSION "${_version}" PARENT_SCOPE)
      set(LibTorch_LIBRARY_DIR "${_libraries}" PARENT_SCOPE)
      return()
    endif()
    string(APPEND looked_at "${dir}: ${_fault}\n")
  endforeach()
  set(LibTorch_ROOT "LibTorch_ROOT-NOTFOUND" PARENT_SCOPE)
  set(LibTorch_LOOKED_AT "${looked_at}" PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  libtorch_search(${NEUROX_LIBTORCH_MINIMUM})
  if(NOT LibTorch_ROOT)
    message(FATAL_ERROR "${LibTorch_LOOKED_AT}")
  endif()
  execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${LibTorch_ROOT}")
endif()
