using System;
using System.Runtime.InteropServices;

namespace Elves.Protocol
{
    /// <summary>Writes whole lines to the host.</summary>
    internal sealed class Output
    {
        private readonly int descriptor;

        public Output(int descriptor)
        {
            this.descriptor = descriptor;
        }

        /// <summary>Writes what a writer holds, and a line feed after it.</summary>
        public void Send(JsonWriter line)
        {
            line.Raw("\n");
            for (var at = 0; at < line.Length;)
            {
                var put = (int)Libc.write(descriptor, ref line.Buffer[at], (IntPtr)(line.Length - at));
                if (put > 0)
                    at += put;
                else if (Marshal.GetLastWin32Error() != Libc.Interrupted)
                    GiveUp("write");
            }
        }

        /// <summary>
        /// Ends the process: the host has gone, or the app has closed descriptors that are not its own.
        /// </summary>
        public static void GiveUp(string what)
        {
            var number = Marshal.GetLastWin32Error();
            Console.Error.WriteLine("the worker has lost its host: cannot " + what + ", error " + number);
            Libc.ExitNow(ExitCode.HostGone);
        }
    }
}
