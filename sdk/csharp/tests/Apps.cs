using System;
using System.Diagnostics;
using System.IO;
using System.Threading;

namespace Elves.Tests.Apps
{
    /// <summary>An app that is in order.</summary>
    public class tried_app
    {
        private int calls;

        public int Calls
        {
            get { return calls; }
        }

        public static Answer still(Param param)
        {
            return Answer.True("static");
        }

        public Answer greet(Param param)
        {
            calls++;
            Host.Log("greeting " + param["name"].Text());
            return Answer.True("Hello, " + param["name"].Text() + "!");
        }

        public Answer nothing(Param param)
        {
            return null;
        }

        public Answer stranger(Param param)
        {
            return Answer.True(new MemoryStream());
        }

        public Answer deeper(Param param)
        {
            Inner(param);
            return Answer.True();
        }

        public Answer broken_text(Param param)
        {
            return Answer.True("caf\ud800");
        }

        /// <summary>Answers false as soon as it is cancelled.</summary>
        public Answer give_up(Param param)
        {
            while (!Host.Cancelled)
                Thread.Yield();
            return Answer.False("half done");
        }

        /// <summary>Answers what descriptors a program sees.</summary>
        public Answer descriptors(Param param)
        {
            var start = new ProcessStartInfo("/bin/ls", "/proc/self/fd")
            {
                UseShellExecute = false, RedirectStandardOutput = true,
            };
            using (var program = Process.Start(start))
            {
                var text = program.StandardOutput.ReadToEnd();
                program.WaitForExit();
                return Answer.True(text.Replace('\n', ' ').Trim());
            }
        }

        /// <summary>Logs from a thread that is still there when the call is over.</summary>
        public Answer leave_thread(Param param)
        {
            var gate = new ManualResetEvent(false);
            var thread = new Thread(() =>
            {
                gate.Set();
                new ManualResetEvent(false).WaitOne();
            });
            thread.Start();
            gate.WaitOne();
            return Answer.True();
        }

        public override string ToString()
        {
            return "not a function";
        }

        public string helper(string text)
        {
            return text;
        }

        private static void Inner(Param param)
        {
            throw new ApplicationException("outer", new InvalidOperationException("inner"));
        }
    }

    /// <summary>Fails in its constructor.</summary>
    public class failing
    {
        public failing()
        {
            throw new DivideByZeroException("no luck");
        }
    }

    /// <summary>Has no constructor that could be called.</summary>
    public class closed
    {
        private closed()
        {
        }
    }

    /// <summary>Has a method that is almost a function.</summary>
    public class almost
    {
        public string greet(Param param)
        {
            return "forgotten";
        }
    }

    /// <summary>Has two functions of one name.</summary>
    public class twice
    {
        public virtual Answer greet(Param param)
        {
            return Answer.True();
        }

        public Answer greet(Param param, int more)
        {
            return Answer.True();
        }
    }
}
