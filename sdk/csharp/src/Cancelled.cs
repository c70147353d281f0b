using System;

namespace Elves
{
    /// <summary>
    /// Throw it to stop after a cancel: flag false, reason <c>cancelled</c>, the message as the result.
    /// </summary>
    public class Cancelled : Exception
    {
        /// <summary>Makes the end; the message says how far the function came.</summary>
        public Cancelled(string message) : base(message)
        {
        }
    }
}
