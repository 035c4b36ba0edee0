# cmake -DPROGRAM=neurox -DOUT=folder -P MakePages.cmake: man pages in OUT/man, completions in OUT/completion.

# write_output(FILE ARGUMENTS...): what `neurox ARGUMENTS` prints.
function(write_output file)
  execute_process(COMMAND "${PROGRAM}" ${ARGN} OUTPUT_VARIABLE text RESULT_VARIABLE code)
  if(NOT code EQUAL 0 OR text STREQUAL "")
    string(JOIN " " words ${ARGN})
    message(FATAL_ERROR "neurox ${words}: exit code ${code}, nothing to put into ${file}")
  endif()
  file(WRITE "${OUT}/${file}" "${text}")
endfunction()

execute_process(COMMAND "${PROGRAM}" commands OUTPUT_VARIABLE commands OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(commands STREQUAL "")
  message(FATAL_ERROR "neurox commands: no command named")
endif()
string(REPLACE "\n" ";" commands "${commands}")

file(REMOVE_RECURSE "${OUT}")
write_output(man/neurox.1 man)
foreach(command IN LISTS commands)
  write_output(man/neurox-${command}.1 man ${command})
endforeach()
foreach(shell bash zsh fish)
  write_output(completion/neurox.${shell} completion ${shell})
endforeach()
file(TOUCH "${OUT}/stamp")
