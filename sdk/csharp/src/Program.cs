using System;
using System.Reflection;
using Elves.Protocol;

namespace Elves
{
    /// <summary>The entry of every app.</summary>
    public static class Program
    {
        /// <summary>Runs the worker of this process.</summary>
        public static int Main()
        {
            int reader, writer;
            Descriptors.Claim(out reader, out writer);
            var worker = new Worker(reader, writer, () => Environment.TickCount);
            Worker.Current = worker;
            var code = worker.Serve(Assembly.GetEntryAssembly());
            // After an error nothing is waited for, not even a thread that the app has left running.
            if (code != ExitCode.Done)
                Libc.ExitNow(code);
            return code;
        }
    }
}
