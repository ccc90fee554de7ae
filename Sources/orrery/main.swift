import Commands

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

OrreryCommand.main()

// Output that could not be written, to a full disk for one, must not pass for success.
if fflush(nil) != 0 {
    perror("orrery: the output could not be written")
    exit(74)
}
