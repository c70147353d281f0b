using System.Collections.Generic;

namespace Elves
{
    /// <summary>How a task ended.</summary>
    public sealed class Outcome
    {
        internal Outcome(Dictionary<string, object> data)
        {
            Instruction = new Instruction(Fields.Members(data, "instruction"));
            Flag = Fields.Integer(data, "flag");
            if (Flag < -1 || Flag > 1)
                throw new Rejected(RejectionCause.Body, "the body: \"flag\" is not 1, 0 or -1");
            if (!data.ContainsKey("result"))
                throw new Rejected(RejectionCause.Body, "the body: there is no \"result\"");
            Result = new Param(data["result"]);
            object reason;
            if (data.TryGetValue("reason", out reason) && reason != null)
                Reason = Fields.Text(data, "reason");
            Cost = Fields.Number(data, "cost_ms");
            if (Cost < 0)
                throw new Rejected(RejectionCause.Body, "the body: \"cost_ms\" is less than 0");
        }

        /// <summary>What was to be done.</summary>
        public Instruction Instruction { get; private set; }

        /// <summary>1 when the function did what it is for, 0 when it did not, -1 when there is no answer.</summary>
        public long Flag { get; private set; }

        /// <summary>What the function answered, or a text that says why there is no answer.</summary>
        public Param Result { get; private set; }

        /// <summary>Why the flag is not 1, when it was not the function itself that said so; else null.</summary>
        public string Reason { get; private set; }

        /// <summary>Milliseconds from the call on the agent to its answer.</summary>
        public double Cost { get; private set; }
    }
}
