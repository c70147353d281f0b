using System;
using System.Collections.Generic;
using System.Reflection;
using System.Text;
using Elves.Protocol;

namespace Elves.Tests
{
    /// <summary>A worker in the test's own process, on the test's own clock.</summary>
    internal sealed class InProcessWorker : IDisposable
    {
        private readonly int[] toWorker = new int[2];
        private readonly int[] fromWorker = new int[2];

        public InProcessWorker(string app, string more = "")
        {
            Libc.pipe(toWorker);
            Libc.pipe(fromWorker);
            // Begins where the clock is about to wrap around.
            Now = int.MaxValue - 100;
            Worker = new Worker(toWorker[0], fromWorker[1], () => Now);
            var hello = Encoding.UTF8.GetBytes(WorkerProcess.Hello(app, more));
            Worker.Load(Hello.Read(Message.Parse(hello, 0, hello.Length, 64)), Assembly.GetExecutingAssembly());
            Worker.Current = Worker;
            Messages();
        }

        public Worker Worker { get; private set; }

        /// <summary>Milliseconds.</summary>
        public int Now { get; set; }

        /// <summary>Lets time pass.</summary>
        public void Pass(int milliseconds)
        {
            Now = unchecked(Now + milliseconds);
        }

        /// <summary>Runs a call and returns the messages of it.</summary>
        public List<Dictionary<string, object>> Call(string function)
        {
            var call = Encoding.UTF8.GetBytes(WorkerProcess.Call(function));
            Worker.Run(Message.Parse(call, 0, call.Length, 64));
            return Messages();
        }

        /// <summary>What the worker has written since the last time; there must be something.</summary>
        public List<Dictionary<string, object>> Messages()
        {
            var bytes = new byte[65536];
            var count = (int)Libc.read(fromWorker[0], ref bytes[0], (IntPtr)bytes.Length);
            var messages = new List<Dictionary<string, object>>();
            foreach (var line in Encoding.UTF8.GetString(bytes, 0, count).Split('\n'))
            {
                if (line.Length > 0)
                    messages.Add((Dictionary<string, object>)Json.Parse(Encoding.UTF8.GetBytes(line)));
            }
            return messages;
        }

        public void Dispose()
        {
            Worker.Current = null;
            foreach (var descriptor in new[] { toWorker[0], toWorker[1], fromWorker[0], fromWorker[1] })
                Libc.close(descriptor);
        }
    }
}
