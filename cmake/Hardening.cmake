# What makes a mistake in memory harder to use. The test app.hardening looks
# whether the program has it.
add_link_options(LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
