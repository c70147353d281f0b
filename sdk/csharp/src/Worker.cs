using System;
using System.Reflection;
using System.Threading;

namespace Elves.Protocol
{
    /// <summary>
    /// One app behind one pair of descriptors: loads it, answers calls until the end, serves what it asks.
    /// </summary>
    internal sealed class Worker
    {
        private readonly Input input;
        private readonly Output output;
        private readonly Func<int> clock;
        private readonly JsonWriter line = new JsonWriter();
        private readonly JsonWriter result = new JsonWriter();
        private readonly Lines lines;
        private readonly ProgressGate progress = new ProgressGate();
        private readonly int thread = Thread.CurrentThread.ManagedThreadId;

        // Over `line`, `progress` and `call`: an app may log from any thread.
        private readonly object gate = new object();
        private Call call;
        private App app;

        /// <summary>Serves two descriptors; the clock counts milliseconds and may wrap around.</summary>
        public Worker(int reader, int writer, Func<int> clock)
        {
            input = new Input(reader);
            output = new Output(writer);
            lines = new Lines(line);
            this.clock = clock;
            Secrets = new Secrets();
        }

        /// <summary>The worker of this process; null in a test of an app.</summary>
        public static Worker Current { get; set; }

        /// <summary>The app's version, null when the host did not say.</summary>
        public string AppVersion { get; private set; }

        /// <summary>The app's secrets.</summary>
        public Secrets Secrets { get; private set; }

        /// <summary>Answers calls until <c>bye</c> or the end of input and returns the exit code.</summary>
        public int Serve(Assembly assembly)
        {
            try
            {
                var first = input.Next();
                if (first == null)
                    return ExitCode.Done;
                if (!Load(Hello.Read(first), assembly))
                    return ExitCode.NotLoaded;
                while (true)
                {
                    var message = input.Next();
                    if (message == null || message.Type == "bye")
                        return ExitCode.Done;
                    if (message.Type == "call")
                        Run(message);
                    else if (message.Type == "hello")
                        throw new Refused("a second hello");
                }
            }
            catch (Refused refusal)
            {
                Log(Level.Error, "refused: " + refusal.Message);
                return ExitCode.Refused;
            }
        }

        /// <summary>Sends a log line.</summary>
        public void Log(Level level, string message)
        {
            lock (gate)
            {
                lines.Log(level, message, call == null ? null : call.Id);
                output.Send(line);
            }
        }

        /// <summary>Sends a report of progress, now or with the next one that may leave.</summary>
        public void Progress(double? percent, string message)
        {
            lock (gate)
            {
                if (call == null)
                    return;
                progress.Offer(percent, message);
                if (progress.IsDue(clock()))
                    SendProgress();
            }
        }

        /// <summary>Returns the seconds until the running call's time is up.</summary>
        public double SecondsLeft()
        {
            var running = call;
            return running == null ? double.PositiveInfinity : running.SecondsLeft(clock());
        }

        /// <summary>Reads what has come in and returns whether the running call is cancelled.</summary>
        public bool SeesCancel()
        {
            var running = call;
            if (running == null)
                return false;
            if (Thread.CurrentThread.ManagedThreadId != thread) // the input is read by one thread only
                return running.IsCancelled;
            lock (gate)
            {
                if (progress.IsDue(clock()))
                    SendProgress();
            }
            if (running.IsCancelled)
                return true;
            try
            {
                return running.IsCancelled = input.HasCancel(running.Id);
            }
            catch (Refused refusal)
            {
                // Inside of the app's code there is nobody to hand an error to.
                Log(Level.Error, "refused: " + refusal.Message);
                Libc.ExitNow(ExitCode.Refused);
                throw;
            }
        }

        /// <summary>Takes what the hello says and constructs the app; returns whether it could be loaded.</summary>
        public bool Load(Hello hello, Assembly assembly)
        {
            lines.Limit = input.LineLimit = hello.LineLimit;
            input.Depth = hello.Depth;
            Secrets = Secrets.Read(hello.SecretsDescriptor);
            AppVersion = hello.Version;
            try
            {
                app = App.Load(assembly, hello.App);
            }
            catch (Exception error)
            {
                Log(Level.Error, "the app cannot be loaded: " + Failure.Trace(error));
                return false;
            }
            lock (gate)
            {
                lines.Ready(app.Names);
                output.Send(line);
            }
            return true;
        }

        /// <summary>Runs one call and sends its result.</summary>
        public void Run(Message message)
        {
            call = new Call(message, clock());
            bool flag = false;
            object value;
            string reason = null;
            var function = app.Find(message.Function);
            if (function == null)
            {
                value = "no function " + Json.Shown(message.Function) + "; there is "
                    + (app.Names.Length == 0 ? "none" : string.Join(", ", app.Names));
                reason = "unknown-function";
            }
            else
            {
                try
                {
                    var answer = function(new Param(message["param"] ?? NoMembers()));
                    if (answer == null)
                        throw new InvalidOperationException(message.Function
                            + " returned null; return Answer.True(...) or Answer.False(...)");
                    flag = answer.Flag;
                    value = answer.Result;
                    reason = !flag && call.IsCancelled ? "cancelled" : null;
                }
                catch (Exception error)
                {
                    value = Failed(error, out reason);
                }
            }
            Finish(flag, value, reason);
        }

        private static object NoMembers()
        {
            return new System.Collections.Generic.Dictionary<string, object>();
        }

        private string Failed(Exception error, out string reason)
        {
            reason = error is BadParam ? "bad-param" : error is Cancelled ? "cancelled" : "exception";
            if (reason != "exception")
                return error.Message;
            Log(Level.Error, Failure.Trace(error));
            return Failure.Text(error);
        }

        private void Finish(bool flag, object value, string reason)
        {
            result.Clear();
            try
            {
                // Outside of the lock: a sequence of the app's own may run any code.
                result.Value(value, input.Depth - 1);
            }
            catch (Exception error)
            {
                result.Clear();
                result.Text("the result cannot be sent as JSON: " + error.Message);
                flag = false;
                reason = "exception";
            }
            if (result.Replaced)
                Log(Level.Warning, "the result holds text that is not Unicode; it was replaced by U+FFFD");
            lock (gate)
            {
                if (progress.IsHolding)
                    SendProgress();
                lines.Result(call.Id, flag, result, reason);
                // Nothing about this call may follow its result, not even from a thread the app has left running.
                call = null;
                output.Send(line);
            }
        }

        private void SendProgress()
        {
            lines.Progress(call.Id, progress.Percent, progress.Message);
            output.Send(line);
            progress.Sent(clock());
        }
    }
}
