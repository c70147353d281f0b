using System;

namespace Elves.Protocol
{
    /// <summary>The call that is running.</summary>
    internal sealed class Call
    {
        private readonly double? timeout;
        private readonly int startedAt;

        public Call(Message message, int now)
        {
            Id = message.Id;
            timeout = message.Timeout;
            startedAt = now;
        }

        public string Id { get; private set; }

        /// <summary>Whether the app has been told that nobody wants the answer any more.</summary>
        public bool IsCancelled { get; set; }

        /// <summary>Seconds until the host kills the worker; infinite without a limit.</summary>
        public double SecondsLeft(int now)
        {
            if (timeout == null)
                return double.PositiveInfinity;
            return Math.Max(0, timeout.Value - unchecked((uint)(now - startedAt))) / 1000;
        }
    }
}
