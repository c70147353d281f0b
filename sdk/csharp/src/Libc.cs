using System;
using System.Runtime.InteropServices;

namespace Elves.Protocol
{
    /// <summary>
    /// The system calls that the worker needs and the class libraries do not have.
    ///
    /// The name of the library is a whole file name: a runtime in a sandbox has no map of shorter ones.
    /// </summary>
    internal static class Libc
    {
        public const int ReadOnly = 0;
        public const int Interrupted = 4;
        public const int PollIn = 1;

        private const string Library = "libc.so.6";
        private const int DuplicateCloseOnExec = 1030;
        private const int GetStatus = 3;
        private const int SetStatus = 4;
        private const int NonBlocking = 0x800;

        /// <summary>
        /// Returns another descriptor of the same file, from 3 on, that is closed in programs the app starts; -1 when
        /// the given one is none. Reads and writes on it wait.
        /// </summary>
        public static int PrivateCopy(int descriptor)
        {
            var copy = fcntl(descriptor, DuplicateCloseOnExec, 3);
            if (copy < 0)
                return -1;
            var status = fcntl(copy, GetStatus, 0);
            if ((status & NonBlocking) != 0)
                fcntl(copy, SetStatus, status & ~NonBlocking);
            return copy;
        }

        [DllImport(Library, SetLastError = true)]
        public static extern int dup2(int from, int to);

        [DllImport(Library, SetLastError = true)]
        public static extern int open(byte[] path, int flags);

        [DllImport(Library, SetLastError = true)]
        public static extern int pipe(int[] both);

        [DllImport(Library, SetLastError = true)]
        public static extern int close(int descriptor);

        [DllImport(Library, SetLastError = true)]
        public static extern IntPtr read(int descriptor, ref byte into, IntPtr room);

        [DllImport(Library, SetLastError = true)]
        public static extern IntPtr write(int descriptor, ref byte from, IntPtr count);

        [DllImport(Library, SetLastError = true)]
        public static extern int poll(ref PollEntry entry, IntPtr count, int milliseconds);

        [DllImport(Library, EntryPoint = "_exit")]
        public static extern void ExitNow(int code);

        [DllImport(Library, SetLastError = true)]
        private static extern int fcntl(int descriptor, int command, int argument);

        /// <summary><c>struct pollfd</c>.</summary>
        [StructLayout(LayoutKind.Sequential)]
        public struct PollEntry
        {
            public int Descriptor;
            public short Wanted;
            public short Returned;
        }
    }
}
