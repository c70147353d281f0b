using System;

namespace Elves.Protocol
{
    /// <summary>A line that is no message of the protocol; the message says why. The worker ends with it.</summary>
    internal sealed class Refused : Exception
    {
        public Refused(string message) : base(message)
        {
        }
    }
}
