import ElvesModel
import ElvesSchema

// What came into manifests later may be missing from one that was stored before.

extension Manifest {
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(AppName.self, forKey: .name)
        version = try values.decode(AppVersion.self, forKey: .version)
        title = try values.decode(String.self, forKey: .title)
        language = try values.decode(Language.self, forKey: .language)
        runtime = try values.decodeIfPresent(Runtime.self, forKey: .runtime)
        interpreter = try values.decodeIfPresent(String.self, forKey: .interpreter)
        entry = try values.decode(String.self, forKey: .entry)
        build = try values.decodeIfPresent([String].self, forKey: .build)
        functions = try values.decode([Function].self, forKey: .functions)
        limits = try values.decodeIfPresent(Limits.self, forKey: .limits) ?? Limits()
        readRequests = try values.decodeIfPresent([PathRequest].self, forKey: .readRequests) ?? []
        writeRequests = try values.decodeIfPresent([PathRequest].self, forKey: .writeRequests) ?? []
        networkRequests = try values.decodeIfPresent([NetworkRequest].self, forKey: .networkRequests) ?? []
        secrets = try values.decodeIfPresent([String].self, forKey: .secrets) ?? []
        processor = try values.decodeIfPresent(Processor.self, forKey: .processor)
        minimumAgent = try values.decodeIfPresent(AppVersion.self, forKey: .minimumAgent)
    }
}

extension Manifest.Function {
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        title = try values.decode(String.self, forKey: .title)
        isolation = try values.decode(Manifest.Isolation.self, forKey: .isolation)
        timeoutSeconds = try values.decode(Int.self, forKey: .timeoutSeconds)
        isIdempotent = try values.decode(Bool.self, forKey: .isIdempotent)
        isReadOnly = try values.decode(Bool.self, forKey: .isReadOnly)
        parameterSchema = try values.decodeIfPresent(Schema.self, forKey: .parameterSchema)
        limits = try values.decodeIfPresent(Manifest.Limits.self, forKey: .limits) ?? Manifest.Limits()
    }
}
