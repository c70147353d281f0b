using System;

namespace Elves
{
    /// <summary>
    /// Throw it when the parameter cannot be used: flag false, reason <c>bad-param</c>, the message as the result.
    /// </summary>
    public class BadParam : Exception
    {
        /// <summary>Makes the refusal; the message says what is wrong and what would be right.</summary>
        public BadParam(string message) : base(message)
        {
        }
    }
}
