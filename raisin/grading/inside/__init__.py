"""What runs inside the sandbox: `serve` forks kernels, `kernel` becomes one, `confine` shuts it in, `seccomp`
filters system calls, `memory` counts.

These files are copied into the sandbox and are all of `raisin.grading` that is visible there, so they import nothing
but the standard library and what kernels are made of.
"""
