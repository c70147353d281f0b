using System;

namespace Elves
{
    /// <summary>
    /// A text that is not strict JSON, or a value that JSON cannot hold; the message says what and where.
    /// </summary>
    public sealed class JsonError : Exception
    {
        /// <summary>Makes the error.</summary>
        public JsonError(string message) : base(message)
        {
        }
    }
}
