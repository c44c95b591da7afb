# What makes a mistake in memory harder to use. The test app.hardening looks
# whether the program has it.

# For all alike, libraries and programs: they share precompiled headers.
add_compile_options(-fPIE)
add_link_options(-pie LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)

# Sanitizers bring checks of their own, and do not go with these.
if(NOT BQS_SANITIZE)
  include(CheckCXXCompilerFlag)
  foreach(flag -fstack-protector-strong -fstack-clash-protection
      -fcf-protection=full)
    string(MAKE_C_IDENTIFIER "BQS_HAS${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
      add_compile_options(${flag})
    endif()
  endforeach()
  # Needs an optimiser. Some compilers bring a level of their own.
  add_compile_options(
    "$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
endif()
