using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

/// <summary>The C library, for what the class libraries would not try or would name otherwise.</summary>
internal static class Native
{
    internal const int Read = 0x800;
    internal const int WriteOrCreate = 1 | 0x40 | 0x800;

    private const string Library = "libc.so.6";
    private const int Internet = 2;

    private static readonly Dictionary<int, string> Names = new Dictionary<int, string>
    {
        { 1, "EPERM" }, { 2, "ENOENT" }, { 3, "ESRCH" }, { 9, "EBADF" }, { 11, "EAGAIN" }, { 12, "ENOMEM" },
        { 13, "EACCES" }, { 14, "EFAULT" }, { 17, "EEXIST" }, { 20, "ENOTDIR" }, { 22, "EINVAL" }, { 30, "EROFS" },
        { 38, "ENOSYS" }, { 40, "ELOOP" }
    };

    internal static string Outcome(long result)
    {
        return result == -1 ? Name(Marshal.GetLastWin32Error()) : "done";
    }

    internal static string Opened(string path, int flags)
    {
        var descriptor = open(path, flags, Convert.ToUInt32("644", 8));
        var outcome = Outcome(descriptor);
        if (descriptor >= 0)
            close(descriptor);
        return outcome;
    }

    /// <summary>The port of 127.0.0.1.</summary>
    internal static string Connected(int port)
    {
        var descriptor = socket(Internet, 1, 0);
        if (descriptor < 0)
            return Outcome(-1);
        var address = new byte[16];
        address[0] = Internet;
        address[2] = (byte)(port >> 8);
        address[3] = (byte)port;
        address[4] = 127;
        address[7] = 1;
        return Outcome(connect(descriptor, address, address.Length));
    }

    /// <summary>Starts a program without arguments that matter; it is not waited for.</summary>
    internal static string Started(string path)
    {
        int child;
        var arguments = new[] { path, "--version", null };
        var error = posix_spawn(out child, path, IntPtr.Zero, IntPtr.Zero, arguments, new string[] { null });
        return error == 0 ? "done" : Name(error);
    }

    /// <summary>Whether the descriptor is open, and no pipe or socket, which would be waited for.</summary>
    internal static bool IsFile(int descriptor)
    {
        var target = new byte[64];
        return (long)readlink("/proc/self/fd/" + descriptor, target, (IntPtr)target.Length) > 0 && target[0] == '/';
    }

    internal static string Called(long number, long[] values)
    {
        return Outcome(syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]));
    }

    [DllImport(Library, SetLastError = true)]
    internal static extern int symlink(string target, string path);

    [DllImport(Library, SetLastError = true)]
    internal static extern int chmod(string path, uint mode);

    [DllImport(Library, SetLastError = true)]
    internal static extern int mkdir(string path, uint mode);

    [DllImport(Library, SetLastError = true)]
    internal static extern int kill(int process, int signal);

    private static string Name(int error)
    {
        string name;
        return Names.TryGetValue(error, out name) ? name : "error " + error;
    }

    [DllImport(Library, SetLastError = true)]
    private static extern int open(string path, int flags, uint mode);

    [DllImport(Library)]
    private static extern int close(int descriptor);

    [DllImport(Library, SetLastError = true)]
    private static extern int socket(int family, int type, int protocol);

    [DllImport(Library, SetLastError = true)]
    private static extern int connect(int descriptor, byte[] address, int length);

    [DllImport(Library)]
    private static extern IntPtr readlink(string path, byte[] target, IntPtr size);

    [DllImport(Library)]
    private static extern int posix_spawn(
        out int child, string path, IntPtr actions, IntPtr attributes, string[] arguments, string[] environment);

    [DllImport(Library, SetLastError = true)]
    private static extern long syscall(long number, long a, long b, long c, long d, long e, long f);
}
