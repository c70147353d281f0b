/// The system calls of Linux as data, one a line: name, number on x86_64, number on aarch64, arguments, first kernel.
///
/// Arguments are letters, first argument first: `i` is read by the kernel as 32 bits, `h` as 16 (file modes), `l` as 64. A
/// call whose kernel code only looks at the lower half of a long (the flags of clone) counts as `i`. `-` stands for none; the
/// first kernel is named where it is 3.8 or later. Numbers and argument types are those of the kernel's interface, which
/// never change; a test compares the numbers with libseccomp's.
enum SystemCallRows {
    static var all: [Substring] { [early, late].flatMap { $0.split(separator: "\n") } }
}
