using System;
using Elves.Protocol;

namespace Elves
{
    /// <summary>
    /// What an app may ask of the host that runs it.
    ///
    /// Everything works without a host as well, so that an app's class can be tested like any other: log lines then go
    /// to standard error, there is no deadline, nothing is ever cancelled, and secrets are those of <see
    /// cref="TestSecrets"/>.
    /// </summary>
    public static class Host
    {
        /// <summary>The version of this SDK.</summary>
        public const string SdkVersion = "1.0.0";

        /// <summary>
        /// Sends one log line; during a call it carries the call's id. A text too long for one line of the protocol is
        /// cut and says so. May be called from any thread.
        /// </summary>
        public static void Log(string message, Level level = Level.Info)
        {
            message = message ?? "";
            if (level < Level.Debug || level > Level.Error)
                throw new ArgumentOutOfRangeException("level");
            if (Worker.Current != null)
                Worker.Current.Log(level, message);
            else
                Console.Error.WriteLine(level.ToString().ToLowerInvariant() + ": " + message);
        }

        /// <summary>
        /// Says how far the call is: <paramref name="percent"/> from 0 to 100 (clamped), <paramref name="message"/> a
        /// short text; either may be left out.
        ///
        /// At most ten a second leave the worker. In between the last one wins, and the last one of a call always
        /// leaves before the result does, so calling this in a tight loop is fine. Does nothing when no call is
        /// running.
        /// </summary>
        public static void Progress(double? percent = null, string message = null)
        {
            if (Worker.Current != null)
                Worker.Current.Progress(percent, message);
        }

        /// <summary>
        /// The seconds left before the host kills this call: never negative, infinite when there is no limit.
        /// </summary>
        public static double Deadline
        {
            get { return Worker.Current == null ? double.PositiveInfinity : Worker.Current.SecondsLeft(); }
        }

        /// <summary>
        /// Whether the host has cancelled the running call.
        ///
        /// Costs one system call and reads what the host has sent meanwhile, so ask it in loops of work, on the thread
        /// that the function was called on; another thread sees what that one has seen. A function that has seen true
        /// and answers false gets the reason <c>cancelled</c>.
        /// </summary>
        public static bool Cancelled
        {
            get { return Worker.Current != null && Worker.Current.SeesCancel(); }
        }

        /// <summary>The version of the app that this worker runs, as the host named it; null without a host.</summary>
        public static string AppVersion
        {
            get { return Worker.Current == null ? null : Worker.Current.AppVersion; }
        }

        /// <summary>What <see cref="Secret"/> answers without a host; for tests.</summary>
        public static System.Collections.Generic.Dictionary<string, string> TestSecrets { get; set; }

        /// <summary>
        /// A secret that the manifest asks for. A name that is not there is a <c>KeyNotFoundException</c> that lists
        /// the names there are.
        /// </summary>
        public static string Secret(string name)
        {
            return (Worker.Current == null ? Secrets.Of(TestSecrets) : Worker.Current.Secrets).Get(name);
        }
    }
}
