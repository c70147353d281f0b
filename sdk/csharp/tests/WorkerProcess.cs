using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace Elves.Tests
{
    /// <summary>A worker in a process of its own.</summary>
    internal sealed class WorkerProcess : IDisposable
    {
        public WorkerProcess()
        {
            var start = new ProcessStartInfo("mono", "--debug " + Assembly.GetExecutingAssembly().Location + " worker")
            {
                UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            Process = Process.Start(start);
        }

        public Process Process { get; private set; }

        /// <summary>Runs a worker with these lines; returns its messages, and its exit code.</summary>
        public static List<Dictionary<string, object>> Run(out int code, params string[] lines)
        {
            using (var worker = new WorkerProcess())
            {
                foreach (var line in lines)
                    worker.Send(line);
                worker.Process.StandardInput.Close();
                var messages = new List<Dictionary<string, object>>();
                for (var line = worker.Process.StandardOutput.ReadLine(); line != null;
                    line = worker.Process.StandardOutput.ReadLine())
                    messages.Add((Dictionary<string, object>)Json.Parse(Encoding.UTF8.GetBytes(line)));
                code = worker.WaitForCode();
                return messages;
            }
        }

        /// <summary>The hello for an app.</summary>
        public static string Hello(string app, string more = "")
        {
            return "{\"type\":\"hello\",\"protocols\":[1],\"app\":\"" + app
                + "\",\"version\":\"1.0.0\",\"entry\":\"bin/x.exe\"" + more + "}";
        }

        /// <summary>A call.</summary>
        public static string Call(string function, string param = "{}", string id = "1")
        {
            return "{\"type\":\"call\",\"id\":\"" + id + "\",\"function\":\"" + function + "\",\"param\":" + param
                + ",\"timeout_ms\":60000}";
        }

        public void Send(string line)
        {
            var bytes = Encoding.UTF8.GetBytes(line + "\n");
            Process.StandardInput.BaseStream.Write(bytes, 0, bytes.Length);
            Process.StandardInput.BaseStream.Flush();
        }

        public int WaitForCode()
        {
            Expect.True(Process.WaitForExit(60000), "the worker does not end");
            return Process.ExitCode;
        }

        public void Dispose()
        {
            if (!Process.HasExited)
                Process.Kill();
            Process.Dispose();
        }
    }
}
