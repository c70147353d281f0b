using System;

namespace Elves
{
    /// <summary>Which of a request's proofs has failed, in the order they are looked at.</summary>
    public enum RejectionCause
    {
        /// <summary>A header is not there, or empty.</summary>
        MissingHeader,

        /// <summary>A header is malformed, or there twice.</summary>
        BadHeader,

        /// <summary>None of the signatures was made with one of the secrets over this id, time and body.</summary>
        Signature,

        /// <summary>The request is too old, or of the future.</summary>
        Time,

        /// <summary>Signed, but not what a center sends.</summary>
        Body,
    }

    /// <summary>
    /// A request that a processor does not take; the message says why, and holds no secret.
    ///
    /// Answer it with the status 400: the center sends it again, and later gives up.
    /// </summary>
    public sealed class Rejected : Exception
    {
        /// <summary>Makes the rejection.</summary>
        public Rejected(RejectionCause cause, string message) : base(message)
        {
            Cause = cause;
        }

        /// <summary>What the message is about.</summary>
        public RejectionCause Cause { get; private set; }
    }
}
