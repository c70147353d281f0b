using System;

namespace Elves.Protocol
{
    /// <summary>
    /// Lets ten reports of progress a second through; of those in between the last one is kept.
    ///
    /// Times are milliseconds on a clock that may wrap around.
    /// </summary>
    internal sealed class ProgressGate
    {
        private const uint Interval = 100;

        private bool hasSent;
        private int sentAt;

        /// <summary>Whether a report is waiting.</summary>
        public bool IsHolding { get; private set; }

        /// <summary>The percent of the report that waits, null when it names none.</summary>
        public double? Percent { get; private set; }

        /// <summary>The text of the report that waits, null when it has none.</summary>
        public string Message { get; private set; }

        /// <summary>Takes a report in the place of one that waits.</summary>
        public void Offer(double? percent, string message)
        {
            IsHolding = true;
            Percent = percent == null ? percent : Clamped(percent.Value);
            Message = message;
        }

        /// <summary>Whether a report waits and may leave now.</summary>
        public bool IsDue(int now)
        {
            return IsHolding && (!hasSent || unchecked((uint)(now - sentAt)) >= Interval);
        }

        /// <summary>Says that the report has left.</summary>
        public void Sent(int now)
        {
            Drop();
            hasSent = true;
            sentAt = now;
        }

        /// <summary>Forgets a report that waits.</summary>
        public void Drop()
        {
            IsHolding = false;
            Percent = null;
            Message = null;
        }

        private static double Clamped(double percent)
        {
            if (!(percent > 0)) // not a number, too
                return 0;
            return percent > 100 ? 100 : Math.Round(percent, 1);
        }
    }
}
