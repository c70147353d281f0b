using System;

namespace Elves
{
    /// <summary>
    /// A request that a processor does not take; the message says why, and holds no secret.
    ///
    /// Answer it with the status 400: the center sends it again, and later gives up.
    /// </summary>
    public sealed class Rejected : Exception
    {
        /// <summary>Makes the rejection.</summary>
        public Rejected(string message) : base(message)
        {
        }
    }
}
